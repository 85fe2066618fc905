// Puts the parts together.

readAddress();
drawSummary();
drawImportance();
drawMatrix();
drawRanks();
prepareParallel();
prepareCurves();
prepareTrials();
drawers.push(drawParallel, drawTrials, drawCurves, drawTimeline);
drawAll();
document.body.dataset.ready = 'yes';
if (data.reload_s > 0) setTimeout(() => location.reload(), data.reload_s * 1000);
