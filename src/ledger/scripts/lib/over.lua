-- Works, as they leave their queue.

-- A queue that a reload has dropped stays until its last work is gone.
local function dropIfOver(queue)
  if call('SISMEMBER', prefix .. 'dropped', queue) == 0 then return end
  local inHand = call('ZCARD', lineKey(queue)) + call('ZCARD', ringingKey(queue)) + call('SCARD', activeKey(queue))
  if inHand > 0 then return end
  call('HDEL', queuesKey, queue)
  call('SREM', prefix .. 'dropped', queue)
end

local function leaveQueue(id, work)
  if not work.queue then return end
  if work.phase == 'waiting' then leaveLine(id, work) end
  if work.phase == 'offered' then call('ZREM', ringingKey(work.queue), id) end
  if work.phase == 'active' then call('SREM', activeKey(work.queue), id) end
  dropIfOver(work.queue)
end

-- The work is over and known no more.
local function forget(id, work)
  call('HDEL', worksKey, id)
  leaveQueue(id, work)
end
