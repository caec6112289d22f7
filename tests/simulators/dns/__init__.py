"""A name server of the tests and the demo: real DNS over UDP on 127.0.0.1, that misbehaves when it is told to."""
