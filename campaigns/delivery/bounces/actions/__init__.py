"""Writes of bounces: taking reports in, the bounce mailbox, the addresses that providers report to."""
