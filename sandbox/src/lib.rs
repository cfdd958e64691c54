//! Policy and argv in, sandboxed command out.
