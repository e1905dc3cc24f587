--@include schema reply
-- Asked by whoever opens the ledger, before anything else.
return reply({ stored = storedSchema(), own = SCHEMA })
