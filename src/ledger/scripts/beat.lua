--@include reply
-- A controller says that it lives, and asks which others have not said so for too long. One that has been away asks too
-- which run of the store this is (`identify`), and who has told it all that runs there.
local nodesKey = prefix .. 'nodes'
local isKnown = call('ZSCORE', nodesKey, node) and true or false
call('ZADD', nodesKey, now, node)
-- It listens all the while: a store that has come back without that would tell it nothing.
call('SADD', listenersKey, node)
local dead, incarnation, told = {}, nil, {}
if request.deadAfterMs then dead = call('ZRANGE', nodesKey, '-inf', now - request.deadAfterMs, 'BYSCORE') end
if request.identify then
  incarnation = string.match(call('INFO', 'server'), 'run_id:(%x+)')
  local stored = call('HGETALL', prefix .. 'told')
  for at = 1, #stored, 2 do
    if stored[at + 1] == incarnation then told[#told + 1] = stored[at] end
  end
end
return reply({
  isKnown = isKnown, isConfigured = call('HEXISTS', metaKey, 'missesUntilAway') == 1, dead = dead,
  nodes = call('ZRANGE', nodesKey, '0', '-1'), incarnation = incarnation, told = told,
})
