"""The running product, judged from outside: browsers, other libraries' clients, audits."""
