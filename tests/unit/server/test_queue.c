#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "server/jobs/queue.h"

static struct oc_job job_with(int64_t deadline_ns, int fd)
{
    return (struct oc_job){.deadline_ns = deadline_ns, .fd = fd};
}

#define FAR (oc_now_ns() + 3600 * (int64_t)OC_NS_PER_S)

static void put(struct oc_queue *q, struct oc_job *job)
{
    cr_assert(oc_queue_reserve(q));
    oc_queue_commit(q, job);
}

Test(queue, a_full_queue_refuses_and_the_job_stays_with_its_owner)
{
    struct oc_queue q;
    oc_queue_init(&q, 2);
    struct oc_job a = job_with(FAR, -1), b = job_with(FAR, -1);
    put(&q, &a);
    cr_assert(oc_queue_reserve(&q)); /* a reserved place counts like a filled one */
    cr_assert_not(oc_queue_reserve(&q));
    cr_assert_eq(oc_queue_state(&q).waiting, 1);
    oc_queue_commit(&q, &b);
    cr_assert_not(oc_queue_reserve(&q));
    cr_assert_eq(oc_queue_pop(&q), &a);
    cr_assert(oc_queue_reserve(&q)); /* a running job has left its place */
    oc_queue_close(&q);
    oc_queue_deinit(&q);
}

Test(queue, first_in_first_out)
{
    struct oc_queue q;
    struct oc_job jobs[5];
    oc_queue_init(&q, 5);
    for (int i = 0; i < 5; i++) {
        jobs[i] = job_with(FAR, -1);
        put(&q, &jobs[i]);
    }
    for (int i = 0; i < 5; i++)
        cr_assert_eq(oc_queue_pop(&q), &jobs[i]);
    cr_assert_eq(oc_queue_state(&q).running, 5);
    for (int i = 0; i < 5; i++)
        oc_queue_finished(&q, true, 1000);
    cr_assert_eq(oc_queue_state(&q).running, 0);
    cr_assert_eq(oc_queue_state(&q).suspended, 0);
    oc_queue_deinit(&q);
}

Test(queue, what_the_reaper_unlinked_no_worker_gets)
{
    struct oc_queue q;
    oc_queue_init(&q, 4);
    struct oc_job late = job_with(oc_now_ns() - 1, -1), fine = job_with(FAR, -1), later = job_with(oc_now_ns() - 1, -1);
    put(&q, &late);
    put(&q, &fine);
    put(&q, &later);
    struct oc_job *taken = oc_queue_reap(&q, oc_now_ns());
    int n = 0;
    for (struct oc_job *job = taken; job; job = job->next, n++) {
        cr_assert(job == &late || job == &later);
        cr_assert_eq(job->reaped, OC_E_DEADLINE);
    }
    cr_assert_eq(n, 2);
    cr_assert_null(oc_queue_reap(&q, oc_now_ns()));
    cr_assert_eq(oc_queue_pop(&q), &fine);
    cr_assert_eq(oc_queue_state(&q).waiting, 0);
    oc_queue_deinit(&q);
}

Test(queue, a_client_that_left_is_reaped_and_one_that_stopped_sending_is_not)
{
    struct oc_queue q;
    int gone[2], half[2], there[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, gone) | socketpair(AF_UNIX, SOCK_STREAM, 0, half) |
                     socketpair(AF_UNIX, SOCK_STREAM, 0, there),
                 0);
    close(gone[1]);
    shutdown(half[1], SHUT_WR);
    oc_queue_init(&q, 4);
    struct oc_job a = job_with(FAR, there[0]), b = job_with(FAR, gone[0]), c = job_with(FAR, half[0]);
    c.probe_allowed = true;
    put(&q, &a);
    put(&q, &b);
    put(&q, &c);
    cr_assert_eq(oc_queue_reap(&q, oc_now_ns()), &b);
    cr_assert_eq(b.reaped, OC_E_CANCELLED);
    for (int i = 0; i < 3; i++)
        cr_assert_null(oc_queue_reap(&q, oc_now_ns()));
    char text[64] = "";
    cr_assert_eq(recv(half[1], text, sizeof text, 0), 25, "one interim response, not three");
    cr_assert_str_eq(text, "HTTP/1.1 100 Continue\r\n\r\n");
    oc_queue_close(&q);
    oc_queue_deinit(&q);
}

Test(queue, closing_hands_out_what_waits_and_wakes_who_pops)
{
    struct oc_queue q;
    oc_queue_init(&q, 4);
    struct oc_job a = job_with(FAR, -1), b = job_with(FAR, -1), late = job_with(FAR, -1);
    put(&q, &a);
    put(&q, &b);
    cr_assert(oc_queue_reserve(&q));
    struct oc_job *rest = oc_queue_close(&q);
    cr_assert(rest == &a && rest->next == &b && !b.next);
    cr_assert_null(oc_queue_pop(&q));
    cr_assert_not(oc_queue_reserve(&q));
    oc_queue_commit(&q, &late); /* reserved before the close */
    cr_assert_null(oc_queue_pop(&q));
    cr_assert_eq(oc_queue_close(&q), &late);
    cr_assert_null(oc_queue_close(&q));
    oc_queue_deinit(&q);
}

Test(queue, retry_after_follows_the_service_time)
{
    struct oc_queue q;
    struct oc_job jobs[10];
    oc_queue_init(&q, 10);
    cr_assert_eq(oc_queue_retry_after(&q, 1), 1);
    for (int i = 0; i < 10; i++) {
        jobs[i] = job_with(FAR, -1);
        put(&q, &jobs[i]);
    }
    for (int i = 0; i < 200; i++) { /* the average settles at two seconds */
        q.running++;
        q.suspended++;
        oc_queue_finished(&q, true, 2 * (int64_t)OC_NS_PER_S);
    }
    int seconds = oc_queue_retry_after(&q, 2);
    cr_assert(seconds >= 9 && seconds <= 11, "%d", seconds);
    for (int i = 0; i < 200; i++) {
        q.running++;
        q.suspended++;
        oc_queue_finished(&q, true, 900 * (int64_t)OC_NS_PER_S);
    }
    cr_assert_eq(oc_queue_retry_after(&q, 1), 60);
    oc_queue_close(&q);
    oc_queue_deinit(&q);
}
