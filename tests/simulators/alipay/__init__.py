"""An Alipay that runs here: RSA2-signed requests, answers and notices, a cashier page, bills as it writes them."""
