"""`python -m service.api` prints the description of the API: `make` keeps `openapi.json` with it."""

import json

from service.api import openapi

print(json.dumps(openapi.document(), indent=2, ensure_ascii=False))
