--@include endings reply
if isOverdue() then return now end
local workId, to = request.work, request.to
local work = workOf(workId)
if not work or work.phase ~= 'active' then return reply({ type = 'gone' }) end
local from = work.winner
if from == to then return reply({ type = 'transferred' }) end
if from ~= request.from then return reply({ type = 'elsewhere', agent = from }) end
local agent = agentOf(to)
if not agent or not agent.on then return reply({ type = 'refused', why = { type = 'unknown-agent' } }) end
local why
if request.ignorePresence then
  why = lackOfRoom(agent, work.channel)
else
  why = unavailability(agent, work.channel)
end
if why then return reply({ type = 'refused', why = why }) end

local talk = math.max(0, request.talkMs)
if talk > 0 then
  local giver = agentOf(from)
  giver.talk = giver.talk + talk
  giver.fairTalk = giver.fairTalk + talk
  countAgain(from, giver)
  touch(from)
end
dropHold(from, workId, now)
work.winner, work.losers = to, {}
saveWork(workId, work)
takeHold(to, agent, workId, work, 'active')
agent.misses = 0
agent.calls = agent.calls + 1
agent.fairCalls = agent.fairCalls + 1
countAgain(to, agent)
if work.owner ~= node then
  notices[#notices + 1] = { type = 'taken', owner = work.owner, work = workId, agent = to, attempt = work.attempt }
end
return reply({ type = 'transferred' })
