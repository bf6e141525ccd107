"""The requests and answers of the API, as OpenAPI describes them."""
