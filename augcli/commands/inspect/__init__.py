"""augcli inspect: what a careful person checks in a data set by hand."""
