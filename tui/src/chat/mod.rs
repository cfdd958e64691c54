//! Events of a thread become cells and the state of the live part.
