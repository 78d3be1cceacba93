"""What other servers send us: taken in at the gateway (`ingress`), worked on in the worker (`working`).

`receiving` is the one durable insert between the two. `handlers` do what activities mean, one file for those that belong
together.
"""
