--@include base reply
-- A controller says that it lives, and asks which others have not said so for too long.
local nodesKey = prefix .. 'nodes'
local isKnown = call('ZSCORE', nodesKey, node) and true or false
call('ZADD', nodesKey, now, node)
local dead = {}
if request.deadAfterMs then dead = call('ZRANGE', nodesKey, '-inf', now - request.deadAfterMs, 'BYSCORE') end
return reply({ isKnown = isKnown, isConfigured = call('HEXISTS', metaKey, 'missesUntilAway') == 1, dead = dead })
