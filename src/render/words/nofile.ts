/** What an open file limit without a bound does, behind its figure. */
export const UNBOUNDED_NOFILE =
  'that is no bound, and servers that allocate for each descriptor they may have (HAProxy without maxconn, MySQL 5.7, RabbitMQ) take gigabytes at start or die: set a figure such as 1,048,576';
