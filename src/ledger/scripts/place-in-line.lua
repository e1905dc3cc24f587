--@include works reply
if isOverdue() then return now end
local work = workOf(request.work)
if not work or not work.queue or work.phase ~= 'waiting' then return reply({}) end
local rank = call('ZRANK', lineKey(work.queue), linePlace(request.work, work))
return reply({ position = rank and rank + 1 or nil })
