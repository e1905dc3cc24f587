--@include base overdue works over reply
-- First part of a new configuration: settings and queues. `agents` follow in batches (configure-agents), then who is
-- no longer there (drop-agents).
for cause, ms in pairs(request.backOff) do call('HSET', metaKey, 'backOff:' .. cause, ms) end
call('HSET', metaKey, 'missesUntilAway', request.missesUntilAway)
local isConfigured = {}
for id, settings in pairs(request.queues) do
  isConfigured[id] = true
  local known = queueOf(id)
  local inHand = call('ZCARD', lineKey(id)) + call('ZCARD', ringingKey(id)) + call('SCARD', activeKey(id))
  -- Work in hand was let in for the channel it came by: that changes when the queue has run empty.
  if known and inHand > 0 then settings.channel = known.channel end
  settings.on = 1
  call('HSET', queuesKey, id, packQueue(settings))
  call('SREM', prefix .. 'dropped', id)
end
for _, id in ipairs(call('HKEYS', queuesKey)) do
  if not isConfigured[id] then
    local queue = queueOf(id)
    queue.on = nil
    call('HSET', queuesKey, id, packQueue(queue))
    call('SADD', prefix .. 'dropped', id)
    call('HDEL', metaKey, 'turns:' .. id)
    dropIfOver(id)
  end
end
return reply({ known = call('HKEYS', agentsKey) })
