"""A pen that draws point lists with cairo, in whatever units its context has."""
import cairo


class Pen:
    """Fills and strokes of polygons; colours are red, green, blue in 0..1. `fine`: details of a pixel and more can be seen."""

    def __init__(self, context):
        self.context = context
        self.fine = abs(context.get_matrix().xx) + abs(context.get_matrix().xy) > 18
        context.set_line_cap(cairo.LINE_CAP_ROUND)
        context.set_line_join(cairo.LINE_JOIN_BEVEL)

    def trace(self, points, closed=True):
        """The points become the current path."""
        c = self.context
        c.new_path()
        line_to = c.line_to
        for x, y in points.tolist():
            line_to(x, y)
        if closed:
            c.close_path()

    def fill(self, points, colour, alpha=1.0):
        """A filled polygon."""
        self.trace(points)
        self.context.set_source_rgba(*colour, alpha)
        self.context.fill()

    def fill_pattern(self, points, pattern):
        """A polygon filled with a cairo pattern."""
        self.trace(points)
        self.context.set_source(pattern)
        self.context.fill()

    def stroke(self, points, colour, width, alpha=1.0, closed=False):
        """A line along the points."""
        self.trace(points, closed)
        self.context.set_source_rgba(*colour, alpha)
        self.context.set_line_width(width)
        self.context.stroke()

    def soft(self, x, y, rx, ry, colour, alpha):
        """A soft elliptic spot: full in the middle, nothing at the edge."""
        c = self.context
        c.save()
        c.translate(x, y)
        c.scale(rx, ry)
        pattern = cairo.RadialGradient(0, 0, 0, 0, 0, 1)
        pattern.add_color_stop_rgba(0, *colour, alpha)
        pattern.add_color_stop_rgba(0.5, *colour, alpha * 0.55)
        pattern.add_color_stop_rgba(1, *colour, 0)
        c.set_source(pattern)
        c.new_path()
        c.rectangle(-1, -1, 2, 2)
        c.fill()
        c.restore()

    def clip(self, points):
        """From here to the restore only what lies within the polygon is drawn."""
        self.context.save()
        self.trace(points)
        self.context.clip()

    def restore(self):
        """Ends a clip."""
        self.context.restore()


def mix(a, b, share):
    """The colour between a and b."""
    return tuple(float(p + (q - p) * share) for p, q in zip(a, b))


def shade(colour, factor):
    """A darker (below 1) or lighter colour."""
    if factor > 1:
        return mix(colour, (1, 1, 1), factor - 1)
    return tuple(float(v * factor) for v in colour)
