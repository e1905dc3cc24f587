--@include works
-- Works, as they leave their queue.

-- Calls `each` with every work that is in the hands of a queue: it waits, is offered or worked on. Goes through all
-- works there are, so only for what is rare.
local function eachInHand(each)
  for _, id in ipairs(call('HKEYS', worksKey)) do
    local work = workOf(id)
    if work.queue and work.phase ~= 'wrap-up' then each(id, work) end
  end
end

-- A queue that a reload has dropped stays until its last work is gone.
local function dropIfOver(queue)
  if call('SISMEMBER', droppedKey, queue) == 0 or call('ZCARD', lineKey(queue)) > 0 then return end
  local isOver = true
  eachInHand(function(_, work) isOver = isOver and work.queue ~= queue end)
  if not isOver then return end
  call('HDEL', queuesKey, queue)
  call('SREM', droppedKey, queue)
end

-- The work is over and known no more.
local function forget(id, work)
  dropWorkRecord(id)
  if not work.queue then return end
  if work.phase == 'waiting' then leaveLine(id, work) end
  stopRinging(id, work)
  -- Work that is being wrapped up has left its queue before.
  if work.phase ~= 'wrap-up' then dropIfOver(work.queue) end
end
