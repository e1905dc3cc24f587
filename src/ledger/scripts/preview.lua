--@include choose reply
-- To whom the queue would offer now; changes nothing.
if isOverdue() then return now end
local queueId = request.queue
local queue = queueOf(queueId)
if not queue then return reply({ type = 'unknown-queue' }) end
local everybody = queue.explained or queue.kind == 'ring-to-all' or queue.kind == 'random'
local most = everybody and -1 or math.max(CANDIDATES_SHOWN, queue.start or 1) - 1
local found = candidates(queueId, 0, most)
local asked
if queue.kind == 'widening' then
  asked = math.max(1, queue.start)
elseif queue.kind ~= 'ring-to-all' and queue.kind ~= 'random' then
  asked = 1
end
local decision = decisionOf(queueId, queue, found, agentsOf(found, queue, asked), {})
return reply({ type = 'preview', waiting = call('ZCARD', lineKey(queueId)), decision = decision })
