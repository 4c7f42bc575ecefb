"""Pages that read several floors."""
