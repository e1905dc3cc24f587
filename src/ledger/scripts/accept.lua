--@include endings works reply
if isOverdue() then return now end
local workId, id = request.work, request.agent
local work = workOf(workId)
if not work or work.phase == 'wrap-up' then return reply({ type = 'gone' }) end
if work.phase == 'active' then
  if work.winner ~= id then return reply({ type = 'lost', to = work.winner }) end
  if work.attempt ~= request.attempt then return reply({ type = 'expired' }) end
  return reply({ type = 'won', losers = work.losers })
end
local agent = agentOf(id)
local held = agent and agent.holds[workId]
if work.phase ~= 'offered' or work.attempt ~= request.attempt or not held then return reply({ type = 'expired' }) end

local losers = {}
for _, other in ipairs(work.agents) do
  if other ~= id then losers[#losers + 1] = other end
end
stopRinging(workId, work)
work.phase, work.winner, work.losers, work.agents, work.passed = 'active', id, losers, nil, nil
saveWork(workId, work)
keepHold(id, workId, held)
held.state, held.since, held.expires = 'active', now, nil
agent.misses = 0
agent.calls = agent.calls + 1
agent.fairCalls = agent.fairCalls + 1
countAgain(id, agent)
touch(id)
for _, loser in ipairs(losers) do dropHold(loser, workId, now) end
return reply({ type = 'won', losers = losers })
