--@include base overdue works reply
local result = { atMs = now, agents = {}, queues = {} }
for _, id in ipairs(call('HKEYS', agentsKey)) do result.agents[id] = agentOf(id) end
for index, id in ipairs(call('HKEYS', queuesKey)) do
  local waiting = call('ZRANGE', lineKey(id), 0, -1, 'WITHSCORES')
  local queue = { queue = id, waiting = {}, offered = {}, active = call('SCARD', activeKey(id)) }
  for at = 1, #waiting, 2 do
    local workId = workAt(waiting[at])
    local work = { work = workId, enqueuedAt = workOf(workId).enqueuedAt, score = tonumber(waiting[at + 1]) }
    queue.waiting[#queue.waiting + 1] = work
  end
  for _, workId in ipairs(call('ZRANGE', ringingKey(id), 0, -1)) do
    local work = workOf(workId)
    queue.offered[#queue.offered + 1] = { work = workId, attempt = work.attempt, agents = work.agents }
  end
  result.queues[index] = queue
end
return reply(result)
