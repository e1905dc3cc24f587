--@include base overdue room holds counters endings works over reply
local workId = request.work
local work = workOf(workId)
if not work or work.phase ~= 'active' then return reply({ type = 'gone' }) end
local id = work.winner
local agent = agentOf(id)
local talk = math.max(0, request.talkMs)
if talk > 0 then
  agent.talk = agent.talk + talk
  agent.fairTalk = agent.fairTalk + talk
  countAgain(id, agent)
  touch(id)
end
if request.wrapUpMs > 0 then
  leaveQueue(workId, work)
  work.phase = 'wrap-up'
  saveWork(workId, work)
  local held = agent.holds[workId]
  held.state, held.since, held.expires = 'wrap-up', now, now + request.wrapUpMs
  expireHold(id, workId, held.state, held.expires)
  touch(id)
else
  forget(workId, work)
  dropHold(id, workId, now)
end
return reply({ type = 'released', agent = id })
