--@include misses reply
if isOverdue() then return now end
local workId, id = request.work, request.agent
local work = workOf(workId)
if not work or work.phase == 'wrap-up' then return reply({ type = 'gone' }) end
local agent = agentOf(id)
local stands = agent and agent.holds[workId] and work.phase == 'offered' and work.attempt == request.attempt
if not stands then return reply({ type = 'expired' }) end
local remaining, putAway = miss(workId, work, id, request.cause, now)
return reply({ type = 'declined', remaining = remaining, putAway = putAway })
