"""Three invented universities to try the product on, the same every time from a seed and a day.

`create` makes them where they are missing, `join_social_web` puts two of them on the social web, `tokens` lets the sample
persons in; `SAMPLES` sign in with `DEMO_PASSWORD`.
"""

from fediflow.demo.federation import join_social_web
from fediflow.demo.making import SEED, DemoShard, create
from fediflow.demo.samples import DEMO_PASSWORD, SAMPLES, Sample
from fediflow.demo.tokens import DemoTenant, tokens
from fediflow.demo.universities import UNIVERSITIES, University

__all__ = [
    "DEMO_PASSWORD",
    "SAMPLES",
    "SEED",
    "UNIVERSITIES",
    "DemoShard",
    "DemoTenant",
    "Sample",
    "University",
    "create",
    "join_social_web",
    "tokens",
]
