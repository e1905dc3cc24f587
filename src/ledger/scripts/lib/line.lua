--@include works
-- Whoever can be served at once takes no place in line; with ring-to-all one call takes all who are free.
local function isFull(id, queue)
  local waiting = call('ZCARD', lineKey(id))
  if waiting < queue.maxWaiting then return false end
  local idle = call('ZCARD', freeKey(id))
  if queue.kind == 'ring-to-all' then idle = math.min(1, idle) end
  return waiting >= queue.maxWaiting + idle
end

local function openQueue(id, channel)
  local queue = queueOf(id)
  return queue and queue.on and queue.channel == channel and queue
end

local function placeInLine(id, work, queueId, queue)
  work.queue = queueId
  work.score = work.enqueuedAt + (queue.priority + work.priority) * queue.ageingStepMs
  saveWork(id, work)
  joinLine(id, work)
  local position = call('ZRANK', lineKey(queueId), linePlace(id, work)) + 1
  return { type = 'enqueued', position = position, enqueuedAt = work.enqueuedAt }
end
