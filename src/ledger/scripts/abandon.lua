--@include endings over reply
if isOverdue() then return now end
local workId = request.work
local work = workOf(workId)
if not work or work.phase == 'wrap-up' then return reply({ type = 'gone' }) end
if work.phase == 'active' then return reply({ type = 'active', agent = work.winner }) end
local offeredTo = work.agents or {}
forget(workId, work)
for _, id in ipairs(offeredTo) do dropHold(id, workId, now) end
return reply({ type = 'abandoned', offeredTo = offeredTo })
