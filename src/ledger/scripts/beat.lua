--@include schema reply
-- A controller says that it lives, and asks which others have not said so for too long, which run of the store this is, and
-- who has told it all that runs there.
local nodesKey = prefix .. 'nodes'
local schema = storedSchema()
-- Who cannot read the records is none of the site's controllers.
if schema ~= SCHEMA then return reply({ schema = { stored = schema, own = SCHEMA } }) end
local isKnown = call('ZSCORE', nodesKey, node) and true or false
call('ZADD', nodesKey, now, node)
-- It listens all the while: a store that has come back without that would tell it nothing.
call('SADD', listenersKey, node)
-- By when a controller of the site last ran it. Controllers of other sites may run it still: they load it again.
local librariesKey = prefix .. 'libraries'
call('ZADD', librariesKey, now, request.library)
local unused = call('ZRANGE', librariesKey, '-inf', now - request.unusedAfterMs, 'BYSCORE')
local dead, told = {}, {}
if request.deadAfterMs then dead = call('ZRANGE', nodesKey, '-inf', now - request.deadAfterMs, 'BYSCORE') end
local incarnation = string.match(call('INFO', 'server'), 'run_id:(%x+)')
local stored = call('HGETALL', prefix .. 'told')
for at = 1, #stored, 2 do
  if stored[at + 1] == incarnation then told[#told + 1] = stored[at] end
end
return reply({
  isKnown = isKnown, isConfigured = call('HEXISTS', metaKey, 'missesUntilAway') == 1, dead = dead,
  nodes = call('ZRANGE', nodesKey, '0', '-1'), incarnation = incarnation, told = told,
  unused = unused, schema = { stored = schema, own = SCHEMA },
})
