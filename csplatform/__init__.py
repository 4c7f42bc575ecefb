"""The roof: settings, routes, the pages that read several floors, and the servers below them. Nobody imports it."""
