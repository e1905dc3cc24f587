--@include endings over reply
if isOverdue() then return now end
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
  work.phase = 'wrap-up'
  saveWork(workId, work)
  if work.queue then dropIfOver(work.queue) end
  local held = agent.holds[workId]
  held.state, held.since, held.expires = 'wrap-up', now, now + request.wrapUpMs
  expireHold(id, workId, held)
  touch(id)
else
  forget(workId, work)
  dropHold(id, workId, now)
end
return reply({ type = 'released', agent = id })
