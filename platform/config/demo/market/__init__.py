"""The living market: stores, goods, leaders, neighbours and weeks of orders, made through the real stories."""
