//! Scripted model server, home and workspace fixtures for tests.
