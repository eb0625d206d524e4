"""The service's own light web framework: messages, routing, middleware, serializers."""
