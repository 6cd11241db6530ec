"""Teachers, which learn from labelled rows and judge what is made of them."""
