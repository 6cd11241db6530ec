"""Classifiers of texts behind one interface, trained as a careful person trains them."""
