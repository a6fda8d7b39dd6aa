// Preloaded by a service in a test: its machine's clock is an hour ahead.
const HOUR_MS = 3_600_000;
const now = Date.now;
Date.now = () => now() + HOUR_MS;
