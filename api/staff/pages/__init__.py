"""The staff's pages, one file a concern. Each works without script; `staff.js` adds keys and a live suggestion."""
