"""What lies behind: archives, orders to read them, changes judged again."""
