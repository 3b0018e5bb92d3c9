"""docs/TOUR.md and its pictures, and that of the READMEs (docs/console.png): `make tour`."""
