"""A WeChat Pay v3 that runs here: real signatures, encrypted notices and certificates, bills as it writes them."""
