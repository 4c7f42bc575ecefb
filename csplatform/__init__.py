"""The roof of the house: settings, routes, the processes, and the pages that read several floors."""
