--@include choose offer reply
if isOverdue() then return now end
local workId = request.work
local work = workOf(workId)
if not work or work.phase ~= 'offered' or work.attempt ~= request.attempt then return reply({ type = 'gone' }) end
local queueId = work.queue
local queue = queueId and queueOf(queueId)
if not queue then return reply({ type = 'nobody-free' }) end

local leftOut = {}
for _, id in ipairs(work.agents) do leftOut[id] = 'offered-already' end
for id in pairs(work.passed or {}) do leftOut[id] = 'let-pass' end
-- Who was asked before may still stand in the index: at most so many more are needed to find enough.
local asked = 0
for _ in pairs(leftOut) do asked = asked + 1 end
local everybody = not request.count or queue.kind == 'random' or queue.explained
local standing = candidates(queueId, 0, everybody and -1 or asked + request.count - 1)
local found = {}
for _, place in ipairs(standing) do
  if not leftOut[agentAt(place, queue.kind)] then found[#found + 1] = place end
end
local chosen
if request.count and queue.kind == 'random' then
  chosen = pickAnywhere(agentsOf(found, queue), request.count, request.random)
else
  chosen = agentsOf(found, queue, request.count)
end
if #chosen == 0 then return reply({ type = 'nobody-free' }) end
offerTo(workId, work, queueId, queue, chosen)
local decision = decisionOf(queueId, queue, found, chosen, leftOut)
return reply({ type = 'extended', agents = chosen, decision = decision })
