--@include holds works counters reply
if isOverdue() then return now end
local id, queueId = request.agent, request.queue
local agent = agentOf(id)
-- Asked again, because the answer was lost on its way.
for workId, hold in pairs(agent and agent.holds or {}) do
  if hold.token == request.token then return reply({ type = 'pulled', work = workId, attempt = workOf(workId).attempt }) end
end
local queue = queueOf(queueId)
if not queue then return reply({ type = 'unknown-queue' }) end
if not agent or not agent.on then return reply({ type = 'refused', why = { type = 'unknown-agent' } }) end
local why = { type = 'not-a-member' }
for _, member in ipairs(agent.queues) do
  if member.queue == queueId then why = nil end
end
if not why and not request.ignorePresence then why = absenceOf(agent, queue.channel, queueId) end
why = why or lackOfRoom(agent, queue.channel)
if why then return reply({ type = 'refused', why = why }) end

local workId = request.work
if not workId then
  local place = call('ZRANGE', lineKey(queueId), '0', '0')[1]
  if not place then return reply({ type = 'nothing-waiting' }) end
  workId = workAt(place)
end
local work = workOf(workId)
if not work or work.phase ~= 'waiting' or work.queue ~= queueId then return reply({ type = 'not-waiting' }) end
leaveLine(workId, work)
work.attempt, work.phase, work.passed = work.attempt + 1, request.as, nil
if request.as == 'offered' then
  work.agents = { id }
  startRinging(workId, work, queue)
else
  work.agents, work.winner, work.losers = nil, id, {}
  agent.misses = 0
  agent.calls = agent.calls + 1
  agent.fairCalls = agent.fairCalls + 1
  countAgain(id, agent)
end
saveWork(workId, work)
takeHold(id, agent, workId, work, request.as)
agent.holds[workId].token = request.token
if work.owner ~= node then
  local news = { type = 'taken', owner = work.owner, work = workId, agent = id, attempt = work.attempt }
  if request.as == 'offered' then news = { type = 'offered', owner = work.owner, work = workId, agents = { id }, attempt = work.attempt } end
  notices[#notices + 1] = news
end
return reply({ type = 'pulled', work = workId, attempt = work.attempt })
