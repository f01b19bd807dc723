"""The checkpoint store, and what it keeps of every epoch: an address, a record, and sometimes a state."""
