"""What notices: clock, buttons, ear, the page's desk."""
