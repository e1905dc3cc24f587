--@include holds reply
if isOverdue() then return now end
local workId, id = request.work, request.agent
if call('HEXISTS', worksKey, workId) == 1 then return reply({ type = 'duplicate' }) end
local agent = agentOf(id)
if not agent or not agent.on then return reply({ type = 'refused', why = { type = 'unknown-agent' } }) end
local why
if request.ignorePresence then
  why = lackOfRoom(agent, request.channel)
else
  why = unavailability(agent, request.channel)
end
if why then return reply({ type = 'refused', why = why }) end
local work = {
  channel = request.channel,
  priority = 0,
  enqueuedAt = now,
  arrival = 0,
  score = 0,
  ttl = request.offerTtlMs,
  attempt = 1,
  phase = request.as,
  owner = node,
}
if request.as == 'active' then
  work.winner, work.losers = id, {}
else
  work.agents = { id }
end
saveWork(workId, work)
takeHold(id, agent, workId, work, request.as)
return reply({ type = 'assigned', attempt = 1 })
