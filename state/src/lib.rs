//! Session files: recorder, reader, listing, names.
