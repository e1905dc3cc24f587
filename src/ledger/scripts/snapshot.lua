--@include over reply
-- Everybody and everything: for people who look on, not for deciding.
if isOverdue() then return now end
local result = { atMs = now, agents = {}, queues = {} }
for _, id in ipairs(call('HKEYS', agentsKey)) do result.agents[id] = agentOf(id) end
local queues = {}
for index, id in ipairs(call('HKEYS', queuesKey)) do
  local queue = { queue = id, waiting = {}, offered = {}, active = 0 }
  for _, place in ipairs(call('ZRANGE', lineKey(id), '0', '-1')) do
    local workId = workAt(place)
    local work = workOf(workId)
    queue.waiting[#queue.waiting + 1] = { work = workId, enqueuedAt = work.enqueuedAt, score = work.score }
  end
  queues[id] = queue
  result.queues[index] = queue
end
-- In the order of their lines, wherever their attempts stand.
local offered = {}
eachInHand(function(id, work)
  if work.phase == 'active' then queues[work.queue].active = queues[work.queue].active + 1 end
  if work.phase == 'offered' then offered[#offered + 1] = { id = id, work = work } end
end)
table.sort(offered, function(a, b)
  if a.work.score ~= b.work.score then return a.work.score < b.work.score end
  return a.id < b.id
end)
for _, one in ipairs(offered) do
  local queue = queues[one.work.queue]
  queue.offered[#queue.offered + 1] = { work = one.id, attempt = one.work.attempt, agents = one.work.agents }
end
return reply(result)
