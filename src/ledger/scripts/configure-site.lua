--@include over reply
-- First part of a new configuration: settings and queues. `agents` follow in batches (configure-agents), then who is
-- no longer there (drop-agents).
if isOverdue() then return now end
for cause, ms in pairs(request.backOff) do call('HSET', metaKey, 'backOff:' .. cause, ms) end
call('HSET', metaKey, 'missesUntilAway', request.missesUntilAway)

-- Looked for only where a queue has changed so much that it matters.
local inHand
local function worksOf(queue)
  if not inHand then
    inHand = {}
    eachInHand(function(id, work)
      inHand[work.queue] = inHand[work.queue] or {}
      inHand[work.queue][id] = work
    end)
  end
  return inHand[queue] or {}
end

for id, settings in pairs(request.queues) do
  local known = queueOf(id)
  -- Work in hand was let in for the channel it came by: that changes when the queue has run empty.
  if known and known.channel ~= settings.channel and next(worksOf(id)) then settings.channel = known.channel end
  settings.on = 1
  if known and known.kind ~= settings.kind then
    for workId, work in pairs(worksOf(id)) do
      stopRinging(workId, work)
      if work.phase == 'offered' then startRinging(workId, work, settings) end
      saveWork(workId, work)
    end
  end
  saveQueue(id, settings)
  call('SREM', droppedKey, id)
end
for _, id in ipairs(call('HKEYS', queuesKey)) do
  if not request.queues[id] then
    local queue = queueOf(id)
    queue.on = nil
    saveQueue(id, queue)
    call('SADD', droppedKey, id)
    call('HDEL', metaKey, 'turns:' .. id)
    dropIfOver(id)
  end
end
return reply({ known = call('HKEYS', agentsKey) })
