"""One module a page; views draw what ``clfer`` computes."""
