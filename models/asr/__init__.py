"""What recognition learns: calibrations of confidences."""
