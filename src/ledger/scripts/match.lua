--@include choose offer reply
if isOverdue() then return now end
local queueId = request.queue
local queue = queueOf(queueId)
if not queue then return reply({ type = 'unknown-queue' }) end
local place = call('ZRANGE', lineKey(queueId), '0', '0')[1]
if not place then return reply({ type = 'nothing-waiting' }) end
local workId = workAt(place)

-- All who are free where all are asked or explained, else no more than are needed.
local most = queue.explained and -1 or math.max(CANDIDATES_SHOWN, queue.start or 1) - 1
local found = candidates(queueId, 0, queue.kind == 'ring-to-all' and -1 or most)
local chosen
if queue.kind == 'random' and #found > 0 then
  local rank = math.floor(request.random * call('ZCARD', freeKey(queueId)))
  chosen = agentsOf(candidates(queueId, rank, rank), queue)
elseif queue.kind == 'ring-to-all' then
  chosen = agentsOf(found, queue)
else
  chosen = agentsOf(found, queue, queue.kind == 'widening' and math.max(1, queue.start) or 1)
end
local decision = decisionOf(queueId, queue, found, chosen, {})
if #chosen == 0 then return reply({ type = 'nobody-free', work = workId, decision = decision }) end

local work = workOf(workId)
leaveLine(workId, work)
startRinging(workId, work, queue)
work.attempt, work.phase, work.agents, work.passed = work.attempt + 1, 'offered', {}, nil
offerTo(workId, work, queueId, queue, chosen)
if work.owner == node then
  return reply({ type = 'offered', work = workId, agents = chosen, attempt = work.attempt, decision = decision })
end
notices[1] = {
  type = 'offered',
  owner = work.owner,
  work = workId,
  agents = chosen,
  attempt = work.attempt,
  decision = decision,
}
return reply({ type = 'offered-elsewhere', work = workId, agents = chosen, attempt = work.attempt })
