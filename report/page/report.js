// Puts the parts together.

readAddress();
drawSummary();
drawImportance();
drawMatrix();
drawCrops();
drawCorruption();
drawSiblings();
drawWon();
drawRanks();
prepareParallel();
prepareCurves();
prepareTrials();
prepareDetection();
drawers.push(drawParallel, drawTrials, drawCurves, drawTimeline);
drawAll();
prepareRunning();
document.body.dataset.ready = 'yes';
