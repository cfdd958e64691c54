//! Configuration: layers, keys, provenance.
